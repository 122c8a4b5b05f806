"""``smdash receive``: what networks push is judged by its signature, kept before it is answered, and read then."""
