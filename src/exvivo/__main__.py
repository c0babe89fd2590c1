"""`python -m exvivo` is the command `exvivo`."""

from exvivo.cli import main

main()
