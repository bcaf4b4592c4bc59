"""Say in which unit a cost is: the two were taken for each other."""

from django.db import migrations, models

COST = "Average cost of one piece, minor units of the currency of the entity of the node: what stock is worth, and what margin is reckoned with"


class Migration(migrations.Migration):
    dependencies = [("stock", "0002_storage")]
    operations = [
        # Only the comment changes: Django would rewrite the column for it.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(f"comment on column stock_position.unit_cost is '{COST}'", migrations.RunSQL.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="position", name="unit_cost", field=models.DecimalField(db_comment=COST, db_default=0, decimal_places=6, max_digits=20)
                )
            ],
        ),
    ]
