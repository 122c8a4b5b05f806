"""x"""


def active(conn, known, now):
    return None
