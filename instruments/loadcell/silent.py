"""What load cells do once nothing is heard of the host again, where they speak only when asked."""


def they_only_answer(options: object) -> str:
    """Of several at one port."""
    del options
    return "nothing: they only answer"


def it_only_answers(options: object) -> str:
    """Of one instrument."""
    del options
    return "nothing: it only answers"
