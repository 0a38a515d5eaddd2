"""Web owns layout, forms, errors, content policy, access rules of routes and the REST kit."""
