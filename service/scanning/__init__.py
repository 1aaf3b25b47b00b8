"""Virus scanning of uploads."""
