/**
 * Where the cache with this replication group id is: host and port of its primary, as ElastiCache says now.
 * @throws Error when there is no such group, or it has no address yet
 */
export async function findCache(id: string): Promise<{ host: string; port: number }> {
  const { ElastiCacheClient, DescribeReplicationGroupsCommand } = await import('@aws-sdk/client-elasticache');
  const client = new ElastiCacheClient();
  try {
    const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: id }));
    const [group] = ReplicationGroups ?? [];
    const endpoint = group?.ConfigurationEndpoint ?? group?.NodeGroups?.[0]?.PrimaryEndpoint;
    if (!endpoint?.Address) throw new Error(`ElastiCache knows no address of the replication group ${id}`);
    return { host: endpoint.Address, port: endpoint.Port ?? 6379 };
  } finally {
    client.destroy();
  }
}
