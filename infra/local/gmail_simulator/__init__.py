"""A Gmail that unmodified Google client libraries talk to over HTTP; stands on nothing of ours."""
