"""A drawn study as a study folder whose raw files the readers take back."""

from exvivo.simulate.files.folder import write_drawn
from exvivo.simulate.files.instruments import Instruments, ProteinFile, QpcrFile

__all__ = ["Instruments", "ProteinFile", "QpcrFile", "write_drawn"]
