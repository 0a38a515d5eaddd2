"""Staff lists in files: what kind of file it is, its rows, what its columns mean. Nothing here touches the database."""
