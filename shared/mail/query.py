"""Gmail's query language: text to query, query to plan. What it understands stands in OPERATORS."""

from shared.mail.operators import OPERATORS, Operator
from shared.mail.query_parser import parse
from shared.mail.query_plan import Plan, plan
from shared.mail.query_tree import Date, Field, Node, Not, Or, Query, Text

__all__ = [
    "OPERATORS",
    "Date",
    "Field",
    "Node",
    "Not",
    "Operator",
    "Or",
    "Plan",
    "Query",
    "Text",
    "parse",
    "plan",
]
