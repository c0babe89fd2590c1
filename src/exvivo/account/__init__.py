"""Who is in each answer, and who is not and why: every donor that a question asks about, and every
well of the layouts that could have been in it, is either in or left out with a reason.
"""

from exvivo.account.everyone import account

__all__ = ["account"]
