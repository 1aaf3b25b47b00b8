"""Going back to ECS: by DNS, by the kill switch, with ECS made large enough beside it, all within half a minute."""
