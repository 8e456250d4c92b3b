"""One module or folder an outside system; each translates its exceptions into ours."""
