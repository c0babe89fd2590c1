"""The scoring keys of questionnaires that the catalog knows: one YAML file each in scales/."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_FOLDER = "scales"


@cache
def scale_files() -> dict[str, str]:
    """The file of each questionnaire, by its id in small letters and without signs.

    >>> scale_files()["hads"]
    'hads.yaml'
    """
    names = (each.name for each in files("exvivo.catalog").joinpath(_FOLDER).iterdir())
    return {name.removesuffix(".yaml"): name for name in sorted(names) if name.endswith(".yaml")}


def scale_text(questionnaire: str) -> str:
    """The scoring key of a questionnaire as YAML; empty where the catalog has none."""
    name = scale_files().get(file_stem(questionnaire), "")
    folder = files("exvivo.catalog").joinpath(_FOLDER)
    return folder.joinpath(name).read_text(encoding="utf-8") if name else ""


def file_stem(questionnaire: str) -> str:
    """What the file of a questionnaire is called.

    >>> file_stem("RAND-36"), file_stem("ACR 2016")
    ('rand36', 'acr2016')
    """
    return "".join(sign for sign in questionnaire.casefold() if sign.isalnum())
