"""The errors whose message is for a person: one sentence that says what to do."""


class UserError(Exception):
    """Something a person can mend; the commands print it as one line and exit 2."""


class SourceError(UserError):
    """A source of the course is wrong."""
