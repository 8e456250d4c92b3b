"""Gmail's query language: text to query, query to plan, and whether a message matches.

What is understood stands in OPERATORS, and with examples in docs/search.md.
"""

from shared.mail.glance import Glance
from shared.mail.match import Looked, Searched, matches
from shared.mail.operators import OPERATORS, Operator
from shared.mail.query_hidden import explained
from shared.mail.query_meaning import Meaning
from shared.mail.query_parser import parse
from shared.mail.query_plan import Plan, plan
from shared.mail.query_tree import Node, Query
from shared.mail.query_wanted import Marked, marked, wanted

__all__ = [
    "OPERATORS",
    "Glance",
    "Looked",
    "Marked",
    "Meaning",
    "Node",
    "Operator",
    "Plan",
    "Query",
    "Searched",
    "explained",
    "marked",
    "matches",
    "parse",
    "plan",
    "wanted",
]
