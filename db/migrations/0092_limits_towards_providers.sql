-- A tenant sees its limits towards one mailbox provider (`acme/gmail`), too.
alter policy own_tenant on limits using (tenant_sees(case when scope = 'tenant' then split_part(key, '/', 1) end));
