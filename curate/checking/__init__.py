"""What is wrong or missing: findings on pairs and on the set, each with its evidence."""
