"""A drawn study as a study folder whose raw files the readers take back."""

from exvivo.simulate.files.folder import fewest_plates, write_drawn
from exvivo.simulate.files.instruments import Instruments, ProteinFile, QpcrFile

__all__ = ["Instruments", "ProteinFile", "QpcrFile", "fewest_plates", "write_drawn"]
