package table

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

func (a *TableArgs) globalIndexes() dynamodb.TableGlobalSecondaryIndexArray {
	list := dynamodb.TableGlobalSecondaryIndexArray{}
	for _, name := range base.SortedKeys(a.GlobalIndexes) {
		index := a.GlobalIndexes[name]
		args := dynamodb.TableGlobalSecondaryIndexArgs{
			Name: pulumi.String(name), HashKey: pulumi.String(index.HashKey), ProjectionType: pulumi.String(projections[index.Projection]),
		}
		if index.RangeKey != "" {
			args.RangeKey = pulumi.String(index.RangeKey)
		}
		if index.Projection == Include {
			args.NonKeyAttributes = pulumi.ToStringArray(index.Attributes)
		}
		if a.Provisioned != nil {
			args.ReadCapacity, args.WriteCapacity = pulumi.Int(index.Provisioned.Read.Min), pulumi.Int(index.Provisioned.Write.Min)
		}
		if index.OnDemand != nil {
			args.OnDemandThroughput = dynamodb.TableGlobalSecondaryIndexOnDemandThroughputArgs{
				MaxReadRequestUnits: pulumi.Int(index.OnDemand.MaxRead), MaxWriteRequestUnits: pulumi.Int(index.OnDemand.MaxWrite),
			}
		}
		list = append(list, args)
	}
	return list
}

func (a *TableArgs) localIndexes() dynamodb.TableLocalSecondaryIndexArray {
	list := dynamodb.TableLocalSecondaryIndexArray{}
	for _, name := range base.SortedKeys(a.LocalIndexes) {
		index := a.LocalIndexes[name]
		args := dynamodb.TableLocalSecondaryIndexArgs{
			Name: pulumi.String(name), RangeKey: pulumi.String(index.RangeKey), ProjectionType: pulumi.String(projections[index.Projection]),
		}
		if index.Projection == Include {
			args.NonKeyAttributes = pulumi.ToStringArray(index.Attributes)
		}
		list = append(list, args)
	}
	return list
}
