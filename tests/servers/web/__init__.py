"""A web of our own on loopback: many hosts on one port, well-behaved and hostile."""
