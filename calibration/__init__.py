"""Long calibrations: hundreds of virtual studies from readings to findings, held against bands.

`scripts/calibrate` runs them and writes `docs/calibration.md`; the test suite runs a thin slice.
"""
