"""How one function runs: symbolic values, the state of a path, and a structural interpreter over libcst nodes."""
