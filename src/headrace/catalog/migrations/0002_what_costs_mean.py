"""Say in which unit a cost is: the two were taken for each other."""

from django.db import migrations, models

COST = "Standard cost of one piece, major units of unit_cost_currency, as prices are: for opening stock and imported returns. What stock is worth is stock_position.unit_cost"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [
        # Only the comment changes: Django would rewrite the column for it.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(f"comment on column catalog_item.unit_cost is '{COST}'", migrations.RunSQL.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="item", name="unit_cost", field=models.DecimalField(db_comment=COST, null=True, decimal_places=6, max_digits=20)
                )
            ],
        ),
    ]
