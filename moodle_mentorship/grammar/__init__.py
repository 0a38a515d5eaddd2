"""Russian grammar of documents: names and posts in six cases. Pure functions, no database."""
