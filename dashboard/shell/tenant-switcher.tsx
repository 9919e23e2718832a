import { Button, Combobox, ScrollArea, Text, useCombobox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconBuilding, IconSelector } from "@tabler/icons-react";
import { useState } from "react";
import { answerOf } from "../data/client.js";
import { useWho } from "../data/who.js";

/** As many as can be looked through; a search finds the others. */
const mostShown = 50;

/** In which tenant one looks around. With one tenant there is nothing to choose. */
export function TenantSwitcher() {
  const { session, platform, tenantId, chooseTenant } = useWho();
  const [search, setSearch] = useState("");
  const { admin } = session.user;
  const all = useQuery({
    queryKey: ["tenants"],
    queryFn: ({ signal }) => answerOf(platform.GET("/api/tenants", { signal })),
    enabled: admin,
    refetchInterval: 60_000,
  });
  const tenants = admin ? (all.data?.data ?? []) : session.tenants;
  const combobox = useCombobox({
    onDropdownClose: () => combobox.resetSelectedOption(),
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const name = tenants.find(({ tenant_id: id }) => id === tenantId)?.name ?? tenantId;
  if (!admin && tenants.length <= 1)
    return (
      <Text size="sm" truncate maw={180}>
        {name}
      </Text>
    );
  const wanted = search.trim().toLowerCase();
  const matching = tenants.filter((one) => `${one.tenant_id} ${one.name}`.toLowerCase().includes(wanted));
  const choose = (id: string): void => {
    combobox.closeDropdown();
    setSearch("");
    if (id !== tenantId) chooseTenant(id);
  };
  return (
    <Combobox store={combobox} width={280} position="bottom-start" onOptionSubmit={choose}>
      <Combobox.Target targetType="button">
        <Button
          variant="default"
          maw={{ base: 150, sm: 240 }}
          leftSection={<IconBuilding size={16} stroke={1.7} />}
          rightSection={<IconSelector size={16} stroke={1.7} />}
          onClick={() => combobox.toggleDropdown()}
          aria-label={`Tenant ${name}: choose another`}
        >
          <Text component="span" size="sm" truncate>
            {name}
          </Text>
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder="Find a tenant"
          aria-label="Find a tenant"
        />
        <Combobox.Options aria-label="Tenants">
          <ScrollArea.Autosize mah={320} type="auto">
            {matching.slice(0, mostShown).map(({ tenant_id: id, name: title }) => (
              <Combobox.Option value={id} key={id} active={id === tenantId}>
                <Text size="sm">{title}</Text>
                {title !== id && (
                  <Text size="xs" c="var(--floe-quiet)">
                    {id}
                  </Text>
                )}
              </Combobox.Option>
            ))}
          </ScrollArea.Autosize>
          {matching.length === 0 && <Combobox.Empty>No tenant has this in its name</Combobox.Empty>}
        </Combobox.Options>
        {matching.length > mostShown && (
          <Combobox.Footer>
            <Text size="xs" c="var(--floe-quiet)">
              {matching.length - mostShown} more: type a part of the name
            </Text>
          </Combobox.Footer>
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}
