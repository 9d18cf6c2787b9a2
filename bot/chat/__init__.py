"""What every surface shares: messages, requests, the router and the parser of arguments."""
