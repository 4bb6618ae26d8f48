"""Documents from files and into them: YAML, LUME's files, JSON schema, workflows put into each other."""
