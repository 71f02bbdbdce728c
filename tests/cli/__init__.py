"""The command line as people use it: real processes, their exit codes and the one sentence they say."""
