"""Blinding: a study whose groups and donors stand under codes wherever it is shown, until it is
lifted on record. Numbers are computed first, and codes given last: none can depend on the other.
"""

from exvivo.plan.blinding.coded import (
    coded_finding,
    coded_flag,
    coded_study,
    coded_tables,
)
from exvivo.plan.blinding.codes import Key, Named
from exvivo.plan.blinding.key_of import (
    begin,
    codes_of_donor,
    key_in,
    key_now,
    key_of,
    key_of_last_run,
    plain_entries,
)
from exvivo.plan.blinding.lift import Lifted, lifted
from exvivo.plan.blinding.past import (
    coded_comparison,
    coded_history,
    coded_lock,
    coded_provenance,
)
from exvivo.plan.blinding.seen import (
    is_blinded,
    meant,
    meant_flag,
    refuse_hidden,
    results_name_groups,
    seen,
    seen_checked,
    seen_flags,
    seen_lock,
    seen_look,
    seen_mistakes,
    seen_outlook,
    seen_paths,
    seen_study,
    seen_title,
    seen_words,
    shown_files,
    study_of_results,
)

__all__ = [
    "Key",
    "Lifted",
    "Named",
    "begin",
    "coded_comparison",
    "coded_finding",
    "coded_flag",
    "coded_history",
    "coded_lock",
    "coded_provenance",
    "coded_study",
    "coded_tables",
    "codes_of_donor",
    "is_blinded",
    "key_in",
    "key_now",
    "key_of",
    "key_of_last_run",
    "lifted",
    "meant",
    "meant_flag",
    "plain_entries",
    "refuse_hidden",
    "results_name_groups",
    "seen",
    "seen_checked",
    "seen_flags",
    "seen_lock",
    "seen_look",
    "seen_mistakes",
    "seen_outlook",
    "seen_paths",
    "seen_study",
    "seen_title",
    "seen_words",
    "shown_files",
    "study_of_results",
]
