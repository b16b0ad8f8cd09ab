"""``python -m gridmap`` is the command ``gridmap``."""

from gridmap import cli

if __name__ == "__main__":
    cli.main()
