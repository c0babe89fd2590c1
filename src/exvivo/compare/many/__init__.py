"""The answers of many studies of one design at once, by the methods that answer one."""

from exvivo.compare.many.answers import answers_of_many
from exvivo.compare.many.records import ManyAnswers, ManyStudies

__all__ = ["ManyAnswers", "ManyStudies", "answers_of_many"]
