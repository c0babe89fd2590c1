"""What the names of kinds of cells say of their family and lineage: the truth that real tables are
held to, written down here and not taken from the catalog.
"""

from __future__ import annotations

import re

UNSURE = re.compile(
    r"plasma|pdc|mast|basophil|eosinophil|mdsc|langerhans|platelet|megakar|eryth|progenitor"
    r"|hsc|stem|tumou?r|malignan|carcinoma|glioma|ilc\d?|nkt|mait|gdt|gamma|blood|pbmc|hek|ramos"
    r"|leukocyte|lymphocyte$|immune|other|unknown"
)
"""Names of which the lineage is not plain: mixtures, malignant and in-between kinds."""
FAMILIES = (
    ("macrophages", "myeloid", r"macroph|microgl|^m[012]$|^tam$|mdm"),
    ("dendritic cells", "myeloid", r"dendritic|modc|monodc|^c?dc\d?|^mdc|mddc"),
    ("monocytes", "myeloid", r"mono|cd14"),
    ("neutrophils", "myeloid", r"neutro"),
    ("myeloid cells", "myeloid", r"myeloid"),
    ("NK cells", "NK", r"nk"),
    ("CD4 T cells", "T", r"cd4|^th\d|^tfh|treg|^tr1"),
    ("CD8 T cells", "T", r"cd8|^tc$"),
    ("T cells", "T", r"t[ _-]?cells?|t_lymph|exhausted_t"),
    (
        "B cells",
        "B",
        r"b[ _-]?cells?|b_lymph|^b$|^b[_ -]?naive|breg|memoryb|b_?mem|mzb|fob|gc_b"
        r"|exhaustedb",
    ),
    ("fibroblasts", "fibroblastic", r"fibro|cafs?$"),
    ("endothelial cells", "endothelial", r"endothel|huvec"),
    ("muscle", "muscle", r"myoblast|muscle|heart"),
    ("adipose tissue", "adipose", r"adipo"),
    ("epithelial cells", "epithelium", r"epithel|hepat|kidney|liver|keratin|colon|lung"),
    ("neural cells", "neural", r"oligodend|astro|neuron"),
    ("germ cells", "germ", r"^spg|^ssc$|^st$|sperm"),
)


def family_of(name: str) -> tuple[str, str] | None:
    """Family and lineage of a kind by its name; None where it is not plain.

    >>> family_of("CD4Tnaive"), family_of("MDSCs")
    (('CD4 T cells', 'T'), None)
    """
    plain = name.strip().lower()
    if UNSURE.search(plain.replace("microglia", "microgl")):
        return None
    for family, lineage, pattern in FAMILIES:
        if re.search(pattern, plain):
            return family, lineage
    return None


LYMPHOID = frozenset({"T", "B", "NK"})
STROMA = frozenset({"fibroblastic", "endothelial", "muscle", "adipose"})
_PLAIN = (frozenset({"T", "B"}), frozenset({"B", "NK"}))


def kin(first: str, second: str) -> bool:
    """Whether cells of two lineages may be alike: the same one, two of lymphocytes, or two of
    stroma, which tissues are full of.
    """
    both = {first, second}
    return first == second or both <= LYMPHOID or both <= STROMA


def told_apart(first: str, second: str) -> bool:
    """Whether cells of the first lineage are plainly more like it than like the second: cytotoxic T
    and NK cells are not.
    """
    return not kin(first, second) or frozenset({first, second}) in _PLAIN
