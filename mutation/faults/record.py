"""Faults of: record."""

from __future__ import annotations

from mutation.fault import Fault

_WALK = "src/exvivo/store/walk.py"
_TEXTS = "src/exvivo/store/texts.py"
_SCHEMA = "src/exvivo/store/schema.py"
_VERIFY = "src/exvivo/store/verify.py"
_PRUNE = "src/exvivo/store/prune.py"
_OF_VERIFY = ("store/test_verify.py",)
_OF_PRUNE = ("store/test_prune.py",)

RECORD = (
    Fault(
        name="a row that does not carry the hash of the row before",
        file=_WALK,
        right='        yield "before"\n',
        fault="        pass\n",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a first row that carries a hash",
        file=_WALK,
        right="(last.hash if last else START)",
        fault="(last.hash if last else row.before)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a gap in the numbers of the rows",
        file=_WALK,
        right="(last.number + 1 if last else 1)",
        fault="(row.number if last else 1)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a chain that begins late",
        file=_WALK,
        right="(last.number + 1 if last else 1)",
        fault="(last.number + 1 if last else row.number)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a row that says something else than its hash",
        file=_WALK,
        right="if row.hash != row.right_hash:",
        fault="if not row.hash:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a hash that leaves out the date",
        file="src/exvivo/store/chain.py",
        right="said = [self.number, self.kind, self.recorded, self.before, self.states]",
        fault="said = [self.number, self.kind, self.before, self.states]",
        tests=("store/test_chain.py",),
    ),
    Fault(
        name="a kind of row that nobody knows",
        file=_WALK,
        right="if row.kind not in KINDS:",
        fault="if not row.kind:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="two texts of what a row states",
        file=_WALK,
        right="isinstance(facts, dict) and canonical(facts) == states",
        fault="isinstance(facts, dict)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="the hash of a study not computed again",
        file=_WALK,
        right="if study_hash(run.inputs) != run.study_hash:",
        fault="if not run.study_hash:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a kept text that is not that of the file",
        file=_WALK,
        right="files.get(path, sha256) != sha256",
        fault="not sha256",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a kept text not held against its hash",
        file=_TEXTS,
        right="not unpacked.unused_data and digest.hexdigest() == sha256",
        fault="not unpacked.unused_data",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a text gone because of an earlier erasure",
        file=_TEXTS,
        right="self.last[sha256][0] >= self.erased.get(sha256, 0)",
        fault="not self.erased.get(sha256, 0)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a text gone that nobody erased",
        file=_TEXTS,
        right="if named.is_kept(each) and each not in there)",
        fault="if named.is_kept(each) and each not in named.last)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="any row may say that a text was erased",
        file=_TEXTS,
        right="if row.kind in ERASING:",
        fault="if row.kind:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="an erased text put back",
        file=_TEXTS,
        right="if not named.is_kept(sha256):",
        fault="if sha256 not in named.last:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a text that no row names",
        file=_TEXTS,
        right="if not named.is_kept(sha256):",
        fault="if sha256 in named.last and not named.is_kept(sha256):",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a trigger taken out",
        file=_SCHEMA,
        right="sorted(right.keys() - now.keys())",
        fault="sorted(set[str]())",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a trigger that lets pass",
        file=_SCHEMA,
        right="for name in both if right[name] != now[name])",
        fault="for name in both if not now[name])",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="another table in the record",
        file=_SCHEMA,
        right="sorted(now.keys() - right.keys())",
        fault="sorted(set[str]())",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="damaged pages of the record",
        file=_SCHEMA,
        right='.fetchone() != ("ok",):',
        fault=".fetchone() is None:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="an empty folder among the results",
        file="src/exvivo/store/tree.py",
        right='"folder" if any(path.iterdir()) else "empty"',
        fault='"folder"',
        tests=_OF_VERIFY,
    ),
    Fault(
        name="links among the results followed",
        file="src/exvivo/store/tree.py",
        right="if path.is_symlink():",
        fault="if path.is_symlink() and not path.exists():",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a link in the place of a result",
        file=_VERIFY,
        right='return "folder" if form == "empty" else form',
        fault='return "folder" if form == "empty" else None',
        tests=_OF_VERIFY,
    ),
    Fault(
        name="an input that leads out of the study",
        file=_VERIFY,
        right='        return "outside"\n',
        fault="        pass\n",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="roots of raw files not admitted",
        file=_VERIFY,
        right='for root in ("", *roots))',
        fault='for root in ("",))',
        tests=_OF_VERIFY,
    ),
    Fault(
        name="an expected hash that is in no row",
        file=_VERIFY,
        right="if expect is not None and since is None else []",
        fault="if expect is not None and rows is None else []",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a link of the user thrown away by the next run",
        file="src/exvivo/store/results.py",
        right='if form != "file" or (name not in made and not is_of_the_system(path))',
        fault='if form == "file" and (name not in made and not is_of_the_system(path))',
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a text pruned that a decision names",
        file=_PRUNE,
        right="for row in rows if row not in old for each",
        fault="for row in rows if row not in old and row.kind in RUNS for each",
        tests=_OF_PRUNE,
    ),
    Fault(
        name="a prune that no row states",
        file=_PRUNE,
        right='chain.append(connection, "prune", states)',
        fault="rows[-1]",
        tests=_OF_PRUNE,
    ),
    Fault(
        name="what was erased left in the file beside the record",
        file="src/exvivo/store/database.py",
        right="    if is_held:\n",
        fault="    if is_held is None:\n",
        tests=_OF_PRUNE,
    ),
    Fault(
        name="a record of version 1 brought up in pieces",
        file="src/exvivo/store/database.py",
        right='    connection.execute("BEGIN IMMEDIATE")\n    version = _version(connection)\n',
        fault="    version = _version(connection)\n",
        tests=("store/test_version_1.py",),
    ),
)
