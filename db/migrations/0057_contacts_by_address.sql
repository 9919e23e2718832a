-- One index for a contact's address and for how an address begins, whatever the database's collation: equal is equal in both.
drop index contacts_tenant_email;
create unique index contacts_tenant_email on contacts (tenant_id, email text_pattern_ops);
