"""The community profile of an area: who lives there, what happens there, and how sure we are."""
