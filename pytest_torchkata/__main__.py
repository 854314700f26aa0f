"""`python -m pytest_torchkata` is the command `torchkata`."""

from ._cli import main

if __name__ == "__main__":
    main()
