"""The words: what mail is and how it changes. Pure: no I/O, no clock, no chance, no logs."""
