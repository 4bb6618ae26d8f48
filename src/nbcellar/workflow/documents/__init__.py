"""What a workflow says: the document, its mapped parameters, conditions and graph."""
