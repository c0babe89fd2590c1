"""What exvivo costs, measured: `python -m benchmarks [NAME] [--json]`."""
