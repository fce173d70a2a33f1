"""The numbers of this room's findings: stable, so that people can search for them and tests can ask
for them. NC101x characters, NC102x YAML, NC103x the shape of a document, NC104x values.
"""

from __future__ import annotations

import enum


class Code(enum.StrEnum):
    FILE = "NC1001"
    FILE_SIZE = "NC1002"

    ENCODING = "NC1010"
    CONTROL_CHARACTER = "NC1011"
    INVISIBLE_CHARACTER = "NC1012"

    SYNTAX = "NC1020"
    TAB = "NC1021"
    DUPLICATE_KEY = "NC1022"
    ANCHOR = "NC1023"
    MERGE_KEY = "NC1024"
    TAG = "NC1025"
    SECOND_DOCUMENT = "NC1026"
    LIMIT = "NC1027"
    LEADING_ZERO = "NC1028"
    KEY = "NC1029"

    EMPTY = "NC1030"
    NOT_A_MAPPING = "NC1031"
    FORMAT_VERSION = "NC1032"
    UNKNOWN_KEY = "NC1033"
    UNSUPPORTED = "NC1034"
    MORE = "NC1035"
    CONTRADICTION = "NC1036"

    WRONG_TYPE = "NC1040"
    MISSING_KEY = "NC1041"
    CHOICE = "NC1042"
    RANGE = "NC1043"
    VALUE = "NC1044"
