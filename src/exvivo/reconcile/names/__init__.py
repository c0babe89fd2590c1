"""What instrument files call their wells, held against the layout."""

from exvivo.reconcile.names.left_over import with_the_way
from exvivo.reconcile.names.nowhere import donors_named_nowhere, doses_named_otherwise
from exvivo.reconcile.names.rules import (
    names_against_layout,
    names_out_of_habit,
    replicates_named_otherwise,
)

__all__ = [
    "donors_named_nowhere",
    "doses_named_otherwise",
    "names_against_layout",
    "names_out_of_habit",
    "replicates_named_otherwise",
    "with_the_way",
]
