"""From a row that is due to a post: the timetable, the outbox, and an end in order."""
