"""The pictures of a summary: small drawings that need no axis and no script.

`illustrated` takes an article and what may be told of its study, and gives the article with a
picture of the steps and one beside each answer.
"""

from exvivo.tell.article.pictures.pictured import illustrated
from exvivo.tell.article.pictures.sides import LookedUp

__all__ = ["LookedUp", "illustrated"]
