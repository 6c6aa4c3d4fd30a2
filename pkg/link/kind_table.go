//go:build linux

package link

import "slices"

// A kindTable is the properties of a kind.
type kindTable struct {
	kind       string
	properties []property
}

// find returns the properties of a kind, nil if they are unknown.
func find(tables []kindTable, kind []byte) []property {
	for _, t := range tables {
		if t.kind == string(kind) {
			return t.properties
		}
	}
	return nil
}

// kindTables are the properties of each kind of link: the index is the attribute's number in
// IFLA_INFO_DATA, the name that of `ip -d`. Source: include/uapi/linux/if_link.h, if_tunnel.h.
var kindTables = [...]kindTable{
	{"bridge", bridgeTable}, // IFLA_BR_*
	{"bond", bondTable},     // IFLA_BOND_*
	{"vlan", []property{1: {"id", num}, 2: {"flags", flags2}, 5: {"protocol", protocol}}},
	{"vrf", []property{1: {"table", num}}},
	{"vxlan", vxlanTable},
	{"geneve", geneveTable},
	{"macvlan", macvlanTable},
	{"macvtap", macvlanTable},
	{"ipvlan", []property{1: {"mode", num}, 2: {"flags", num}}},
	{"ipvtap", []property{1: {"mode", num}, 2: {"flags", num}}},
	{"tun", tunTable},
	{"netkit", []property{2: {"primary", yes}, 3: {"policy", num}, 4: {"peer_policy", num}, 5: {"mode", num}}},
	{"gre", greTable},
	{"gretap", greTable},
	{"erspan", greTable},
	{"ip6gre", greTable},
	{"ip6gretap", greTable},
	{"ipip", ipTunnelTable},
	{"sit", ipTunnelTable},
	{"ip6tnl", ip6TunnelTable},
	{"vti", vtiTable},
	{"vti6", vtiTable},
	{"xfrm", []property{1: {"link", index}, 2: {"if_id", num}, 3: {"external", present}}},
	{"macsec", []property{1: {"sci", opaque}, 2: {"port", num}, 3: {"icvlen", num}, 4: {"cipher_suite", num}}},
	{"hsr", []property{1: {"slave1", index}, 2: {"slave2", index}, 4: {"supervision_addr", hw}, 7: {"proto", num}}},
	{"rmnet", []property{1: {"mux_id", num}, 2: {"flags", flags2}}},
	{"gtp", []property{3: {"hsize", num}, 4: {"role", num}}},
	{"bareudp", []property{1: {"dstport", be}, 2: {"ethertype", protocol}, 3: {"srcportmin", num}}},
	{"can", []property{5: {"restart_ms", num}}},
}

// memberTables are the properties of members by the kind of their master, in IFLA_INFO_SLAVE_DATA.
var memberTables = [...]kindTable{
	{"bridge", bridgePortTable}, // IFLA_BRPORT_*
	{"bond", []property{ // IFLA_BOND_SLAVE_*
		1: {"state", num}, 2: {"mii_status", num}, 3: {"link_failure_count", num},
		4: {"perm_hwaddr", hw}, 5: {"queue_id", num}, 6: {"ad_aggregator_id", num},
		7: {"ad_actor_oper_port_state", num}, 8: {"ad_partner_oper_port_state", num}, 9: {"prio", num},
	}},
	{"vrf", []property{1: {"table", num}}}, // IFLA_VRF_PORT_TABLE
}

var bridgeTable = []property{
	1: {"forward_delay", num}, 2: {"hello_time", num}, 3: {"max_age", num},
	4: {"ageing_time", num},
	5: {"stp_state", num}, 6: {"priority", num}, 7: {"vlan_filtering", num},
	8: {"vlan_protocol", protocol}, 9: {"group_fwd_mask", num}, 10: {"root_id", bridgeID},
	11: {"bridge_id", bridgeID}, 12: {"root_port", num}, 13: {"root_path_cost", num},
	14: {"topology_change", num}, 15: {"topology_change_detected", num}, 16: {"hello_timer", timer},
	17: {"tcn_timer", timer}, 18: {"topology_change_timer", timer}, 19: {"gc_timer", timer},
	20: {"group_addr", hw}, 22: {"mcast_router", num}, 23: {"mcast_snooping", num},
	24: {"mcast_query_use_ifaddr", num}, 25: {"mcast_querier", num}, 26: {"mcast_hash_elasticity", num},
	27: {"mcast_hash_max", num}, 28: {"mcast_last_member_cnt", num},
	29: {"mcast_startup_query_cnt", num}, 30: {"mcast_last_member_intvl", num},
	31: {"mcast_membership_intvl", num}, 32: {"mcast_querier_intvl", num},
	33: {"mcast_query_intvl", num}, 34: {"mcast_query_response_intvl", num},
	35: {"mcast_startup_query_intvl", num}, 36: {"nf_call_iptables", num},
	37: {"nf_call_ip6tables", num}, 38: {"nf_call_arptables", num}, 39: {"vlan_default_pvid", num},
	41: {"vlan_stats_enabled", num}, 42: {"mcast_stats_enabled", num}, 43: {"mcast_igmp_version", num},
	44: {"mcast_mld_version", num}, 45: {"vlan_stats_per_port", num}, 46: {"multi_boolopt", flags2},
	48: {"fdb_n_learned", num}, 49: {"fdb_max_learned", num},
}

var bridgePortTable = []property{
	1: {"state", num}, 2: {"priority", num}, 3: {"cost", num}, 4: {"hairpin", yes}, 5: {"guard", yes},
	6: {"root_block", yes}, 7: {"fastleave", yes}, 8: {"learning", yes}, 9: {"flood", yes},
	10: {"proxy_arp", yes}, 11: {"learning_sync", yes}, 12: {"proxy_arp_wifi", yes},
	13: {"root_id", bridgeID}, 14: {"bridge_id", bridgeID}, 15: {"designated_port", num},
	16: {"designated_cost", num}, 17: {"id", num}, 18: {"no", num}, 19: {"topology_change_ack", num},
	20: {"config_pending", num}, 21: {"message_age_timer", timer}, 22: {"forward_delay_timer", timer},
	23: {"hold_timer", timer}, 25: {"multicast_router", num}, 27: {"mcast_flood", yes},
	28: {"mcast_to_unicast", yes}, 29: {"vlan_tunnel", yes}, 30: {"bcast_flood", yes},
	31: {"group_fwd_mask", num}, 32: {"neigh_suppress", yes}, 33: {"isolated", yes},
	34: {"backup_port", index}, 35: {"mrp_ring_open", yes}, 36: {"mrp_in_open", yes},
	37: {"mcast_eht_hosts_limit", num}, 38: {"mcast_eht_hosts_cnt", num}, 39: {"locked", yes},
	40: {"mab", yes}, 41: {"mcast_n_groups", num}, 42: {"mcast_max_groups", num},
	43: {"neigh_vlan_suppress", yes}, 44: {"backup_nhid", num},
}

var bondTable = []property{
	1: {"mode", num}, 2: {"active_slave", index}, 3: {"miimon", num}, 4: {"updelay", num},
	5: {"downdelay", num}, 6: {"use_carrier", num}, 7: {"arp_interval", num}, 9: {"arp_validate", num},
	10: {"arp_all_targets", num}, 11: {"primary", index}, 12: {"primary_reselect", num},
	13: {"fail_over_mac", num}, 14: {"xmit_hash_policy", num}, 15: {"resend_igmp", num},
	16: {"num_peer_notif", num}, 17: {"all_slaves_active", num}, 18: {"min_links", num},
	19: {"lp_interval", num}, 20: {"packets_per_slave", num}, 21: {"ad_lacp_rate", num},
	22: {"ad_select", num}, 24: {"ad_actor_sys_prio", num}, 25: {"ad_user_port_key", num},
	26: {"ad_actor_system", hw}, 27: {"tlb_dynamic_lb", num}, 28: {"peer_notify_delay", num},
	29: {"ad_lacp_active", num}, 30: {"arp_missed_max", num}, 32: {"coupled_control", num},
}

var vxlanTable = []property{ // IFLA_VXLAN_*
	1: {"id", num}, 2: {"group", ip}, 3: {"link", index}, 4: {"local", ip}, 5: {"ttl", num},
	6: {"tos", num}, 7: {"learning", yes},
	8: {"ageing", num},
	9: {"limit", num}, 10: {"port_range", ports}, 11: {"proxy", yes}, 12: {"rsc", yes},
	13: {"l2miss", yes}, 14: {"l3miss", yes}, 15: {"port", be}, 16: {"group6", ip},
	17: {"local6", ip}, 18: {"udp_csum", yes}, 19: {"udp_zero_csum6_tx", yes},
	20: {"udp_zero_csum6_rx", yes}, 21: {"remcsum_tx", yes}, 22: {"remcsum_rx", yes},
	23: {"gbp", present}, 24: {"remcsum_nopartial", present}, 25: {"external", yes}, 26: {"label", be},
	27: {"gpe", present}, 28: {"ttl_inherit", yes}, 29: {"df", num}, 30: {"vnifilter", yes},
	31: {"localbypass", yes}, 32: {"label_policy", num},
}

var geneveTable = []property{ // IFLA_GENEVE_*
	1: {"id", num}, 2: {"remote", ip}, 3: {"ttl", num}, 4: {"tos", num}, 5: {"port", be},
	6: {"external", present}, 7: {"remote6", ip}, 8: {"udp_csum", yes}, 9: {"udp_zero_csum6_tx", yes},
	10: {"udp_zero_csum6_rx", yes}, 11: {"label", be}, 12: {"ttl_inherit", yes}, 13: {"df", num},
	14: {"inner_proto_inherit", present},
}

var macvlanTable = []property{ // IFLA_MACVLAN_*
	1: {"mode", num}, 2: {"flags", num}, 3: {"macaddr_mode", num}, 6: {"macaddr_count", num},
	7: {"bcqueuelen", num}, 8: {"usedbcqueuelen", num}, 9: {"bc_cutoff", num},
}

var tunTable = []property{ // IFLA_TUN_*
	1: {"user", num}, 2: {"group", num}, 3: {"type", num}, 4: {"pi", yes}, 5: {"vnet_hdr", yes},
	6: {"persist", yes}, 7: {"multi_queue", yes}, 8: {"numqueues", num}, 9: {"numdisabled", num},
}

var greTable = []property{ // IFLA_GRE_*
	1: {"link", index}, 2: {"iflags", be}, 3: {"oflags", be}, 4: {"ikey", be}, 5: {"okey", be},
	6: {"local", ip}, 7: {"remote", ip}, 8: {"ttl", num}, 9: {"tos", num}, 10: {"pmtudisc", yes},
	11: {"encap_limit", num}, 12: {"flowinfo", be}, 13: {"flags", num}, 14: {"encap_type", num},
	15: {"encap_flags", num}, 16: {"encap_sport", be}, 17: {"encap_dport", be},
	18: {"external", present}, 19: {"ignore_df", yes}, 20: {"fwmark", num}, 21: {"erspan_index", num},
	22: {"erspan_ver", num}, 23: {"erspan_dir", num}, 24: {"erspan_hwid", num},
}

var ipTunnelTable = []property{ // IFLA_IPTUN_*
	1: {"link", index}, 2: {"local", ip}, 3: {"remote", ip}, 4: {"ttl", num}, 5: {"tos", num},
	8: {"flags", num}, 9: {"proto", num}, 10: {"pmtudisc", yes}, 11: {"6rd-prefix", ip},
	12: {"6rd-relay_prefix", ip}, 13: {"6rd-prefixlen", num}, 14: {"6rd-relay_prefixlen", num},
	15: {"encap_type", num}, 16: {"encap_flags", num}, 17: {"encap_sport", be}, 18: {"encap_dport", be},
	19: {"external", present}, 20: {"fwmark", num},
}

// ip6TunnelTable differs from that of IPv4 in the meaning of flags and the limit.
var ip6TunnelTable = func() []property {
	t := slices.Clone(ipTunnelTable)
	t[6], t[7] = property{"encap_limit", num}, property{"flowinfo", be}
	return t
}()

var vtiTable = []property{ // IFLA_VTI_*
	1: {"link", index}, 2: {"ikey", be}, 3: {"okey", be}, 4: {"local", ip}, 5: {"remote", ip},
	6: {"fwmark", num},
}
