"""``python -m chainrule`` is the command `chainrule`."""

from chainrule.cli import main

if __name__ == "__main__":
    main()
