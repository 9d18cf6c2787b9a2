"""From a row that is due to a post: the schedule, the outbox and leader election."""
