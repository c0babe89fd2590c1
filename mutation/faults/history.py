"""Faults of: history."""

from __future__ import annotations

from mutation.fault import Fault

_COMPARED = "src/exvivo/history/compared.py"
_LOCKS = "src/exvivo/history/locks.py"
_GROWING = "src/exvivo/history/growing.py"
_LOOKS = "src/exvivo/looks.py"
_OF_HISTORY = "history/test_history.py"

HISTORY = (
    Fault(
        name="a key that is new in a question is no change",
        file=_COMPARED,
        right="        if was != now:\n",
        fault="        if was != now and was is not None:\n",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a key that is gone from a question is no change",
        file=_COMPARED,
        right="        if was != now:\n",
        fault="        if was != now and now is not None:\n",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="lists of a question are compared by nothing",
        file=_COMPARED,
        right="        return tuple(map(str, value))",
        fault="        return ()",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="the declared date is not compared",
        file=_COMPARED,
        right='    yield from mapped("parameter", before["parameters"], after["parameters"])\n',
        fault="",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a verdict that turned is no change",
        file=_COMPARED,
        right="(before.verdict, before.n, before.unit) != (after.verdict, after.n, after.unit)",
        fault="(before.n, before.unit) != (after.n, after.unit)",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="the last digits of a processor are a change",
        file=_COMPARED,
        right="_ALIKE = 1e-9",
        fault="_ALIKE = 1e-15",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a lock whose text is erased has never changed",
        file=_LOCKS,
        right='        if hashes["questions"].get(name) != sha256:',
        fault='        if hashes["questions"].get(name, sha256) and False:',
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a new parameter of a later version breaks a lock",
        file=_LOCKS,
        right="if shared or k in before}",
        fault="if True}",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a lock forgets the runs before it",
        file="src/exvivo/past.py",
        right="(self.instrument_files or self.expression_files or self.runs)",
        fault="(self.instrument_files or self.expression_files)",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a lock forgets the files that were there",
        file="src/exvivo/past.py",
        right="(self.instrument_files or self.expression_files or self.runs)",
        fault="(self.expression_files or self.runs)",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="the same donors again are a look",
        file=_GROWING,
        right="        if donors > most:",
        fault="        if donors >= most:",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="answers of other analytes are looks at one",
        file=_GROWING,
        right="    return key[1:], answer.ask,",
        fault="    return key[1:2], answer.ask,",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a look spends what earlier looks have spent",
        file=_LOOKS,
        right="bounds.append(_bound(inside, time, spent - before))",
        fault="bounds.append(_bound(inside, time, spent))",
        tests=("test_looks.py",),
    ),
    Fault(
        name="bounds of one side for tests of two",
        file=_LOOKS,
        right="    return float(4 * ndtr(ndtri(alpha / 4) / np.sqrt(share)))",
        fault="    return float(2 * ndtr(ndtri(alpha / 2) / np.sqrt(share)))",
        tests=("test_looks.py",),
    ),
    Fault(
        name="a look beyond the declared ones keeps an unspent error",
        file=_LOOKS,
        right="if look < donors and look != looks[-1]]",
        fault="if look < donors]",
        tests=("test_looks.py",),
    ),
    Fault(
        name="the interval at a look is that of a study looked at once",
        file="src/exvivo/run.py",
        right="    study = study if look is None else _at_level(study, look.nominal)\n",
        fault="",
        tests=("test_record.py",),
    ),
    Fault(
        name="a page of the record that was edited stands",
        file="src/exvivo/record.py",
        right="    if not place or there != _page(entries[:place]):",
        fault="    if not place:",
        tests=("test_record.py",),
    ),
    Fault(
        name="the texts of a run are not kept",
        file="src/exvivo/run.py",
        right="        texts=_kept_texts(gathered),\n",
        fault="",
        tests=("test_record.py",),
    ),
)
