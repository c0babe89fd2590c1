"""The plain-language summary: what the people who gave their blood read."""

from exvivo.tell.article.article import article_of, words_in
from exvivo.tell.article.markdown import as_markdown
from exvivo.tell.article.records import Article

__all__ = ["Article", "article_of", "as_markdown", "words_in"]
