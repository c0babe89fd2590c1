"""Who may come in to a server, and as what: accounts, passkeys, providers and proxies, invitations,
sessions, roles by study, and the audit of all of it.
"""
