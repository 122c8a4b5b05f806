"""``python -m smdash`` is the same as the console script."""

from smdash.cli import main

if __name__ == "__main__":
    main()
